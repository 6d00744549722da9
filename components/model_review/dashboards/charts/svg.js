// Elements of SVG. Text is always text: nothing here reads markup.

const PALETTE = ["#3366cc", "#dc3912", "#ff9900", "#109618", "#990099", "#0099c6"];

function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function words(text, x, y, more = {}) {
  return svg("text", { x, y, fill: "#444", "font-size": 11, "font-family": "sans-serif", ...more }, text);
}

function hint(mark, text) {
  if (text) mark.append(svg("title", {}, text));
  return mark;
}

// Two columns of a legend stand below each other in a narrow picture.
function legend(names, x, y) {
  let left = x;
  return svg("g", {}, ...names.flatMap(([name, color]) => {
    const at = left;
    left += 26 + 6.2 * name.length;
    return [
      svg("rect", { x: at, y: y - 8, width: 12, height: 8, fill: color }),
      words(name, at + 16, y),
    ];
  }));
}
