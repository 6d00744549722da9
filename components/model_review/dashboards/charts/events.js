// Listeners by object and name of the event.

const heard = new WeakMap();

function listeners(source, name) {
  if (!heard.has(source)) heard.set(source, {});
  return (heard.get(source)[name] ??= new Set());
}

const events = {
  addListener(source, name, listener) {
    listeners(source, name).add(listener);
  },
  addOneTimeListener(source, name, listener) {
    const once = (detail) => {
      listeners(source, name).delete(once);
      listener(detail);
    };
    listeners(source, name).add(once);
  },
  trigger(source, name, detail) {
    for (const listener of [...listeners(source, name)]) listener(detail);
  },
};
