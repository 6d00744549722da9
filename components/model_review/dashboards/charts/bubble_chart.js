// Bubbles: label, x, y, color and size.

class BubbleChart extends Chart {
  render(picture, data, options) {
    const { hAxis = {}, vAxis = {}, colorAxis = {}, sizeAxis = {} } = options;
    const values = (place) => data.rows.map((row) => row[place].v);
    const xs = widened(extent(values(1), hAxis), hAxis);
    const ys = widened(extent(values(2), vAxis), vAxis);
    const [x, y] = this.frame(picture, xs, ys, options);
    const low = Math.max(xs[0], ys[0]);
    const high = Math.min(xs[1], ys[1]);
    picture.append(svg("line", {
      x1: x(low), y1: y(low), x2: x(high), y2: y(high), stroke: "#999", "stroke-dasharray": "4 4",
    }));
    const radius = clamped([sizeAxis.minValue ?? 0, sizeAxis.maxValue ?? 1], [sizeAxis.minSize ?? 2, sizeAxis.maxSize ?? 12]);
    const share = clamped([colorAxis.minValue ?? 0, colorAxis.maxValue ?? 1], [0, 1]);
    picture.append(svg("g", {}, ...data.rows.map((row) => hint(svg("circle", {
      cx: x(row[1].v), cy: y(row[2].v), r: radius(row[4].v),
      fill: mixed(colorAxis.colors ?? ["#f0f0f0", "#0a47a4"], share(row[3].v)),
      stroke: "#0a47a4", "stroke-width": 0.7, "fill-opacity": 0.85,
    }), data.cols.slice(1).map((column, place) => `${column.label}: ${number(row[place + 1].v)}`).join("\n")))));
  }
}

function clamped([low, high], [from, to]) {
  const at = scale([low, high], [from, to]);
  return (value) => at(Math.min(high, Math.max(low, value)));
}

function mixed([first, last], share) {
  const parts = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  const end = parts(last);
  return `rgb(${parts(first).map((part, at) => Math.round(part + (end[at] - part) * share)).join()})`;
}

function number(value) {
  return typeof value === "number" ? String(Number(value.toPrecision(5))) : String(value);
}
