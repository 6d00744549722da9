// Shows the chosen views: gives each of TFMA's elements its data.

const board = JSON.parse(document.getElementById("board").textContent, (_, value) => unpacked(value));
const choice = document.getElementById("choice");

function unpacked(value) {
  if (!value?.columns || !value.rows) return value;
  return value.rows.map((row) => Object.fromEntries(value.columns.map((name, place) => [name, row[place]])));
}

function drawn({ element, data, config }) {
  const made = document.createElement(element);
  made.config = config;
  made.data = structuredClone(data); // TFMA's elements change what they are given
  return made;
}

// Views without a title belong to the one before.
function sections(views) {
  const made = [];
  for (const view of views) {
    if (view.title || !made.length) {
      const section = document.createElement("section");
      if (view.title) section.append(Object.assign(document.createElement("h2"), { textContent: view.title }));
      made.push(section);
    }
    made.at(-1).append(drawn(view));
  }
  return made;
}

// What TFMA's elements show at first, inside their shadow roots: its overview of slices would begin
// with counts, its series with one metric, and its plots with a tab that has no room for its name.
const FIRST = {
  "tfma-slice-overview": (found) => Object.assign(found, { metricToShow: "auc_pr" }),
  "tfma-line-chart-grid": (found) => Object.assign(found, { selectedMetrics_: ["auc_pr", "calibration"] }),
  "tfma-plot": (found) => Object.assign(found, { flat: true }),
  "tfma-slicing-metrics-browser": (found) => Object.assign(found.$.table.style, { width: "auto", margin: "20px 0 0" }),
};

function* inside(root) {
  for (const found of root.querySelectorAll("*")) {
    yield found;
    if (found.shadowRoot) yield* inside(found.shadowRoot);
  }
}

function show() {
  const views = document.getElementById("views");
  views.replaceChildren(...sections(board.choices[choice.value].views));
  for (const found of inside(views)) FIRST[found.localName]?.(found);
}

choice.append(...board.choices.map(({ name }, place) => new Option(name, place)));
choice.addEventListener("change", show);
show();
