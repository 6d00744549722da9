// What the drawn charts share: picture, frame with two axes, selection.

class Chart {
  constructor(container) {
    this.container = container;
    this.selected = [];
  }
  getSelection() {
    return this.selected;
  }
  setSelection(selection) {
    this.selected = selection ?? [];
    if (this.data) this.draw(this.data, this.options);
  }
  select(row, column) {
    this.setSelection([{ row, column }]);
    events.trigger(this, "select");
  }
  // Draws nothing while hidden: the resize that shows it draws again.
  draw(data, options = {}) {
    Object.assign(this, { data, options });
    const box = this.container.getBoundingClientRect();
    const width = options.width || box.width;
    const height = options.height || box.height || 300;
    this.container.replaceChildren();
    if (width > 80 && data.getNumberOfColumns()) {
      const title = options.title || options.vAxis?.title || data.cols.at(-1).label || "chart";
      const picture = svg("svg", { width, height, role: "img", "aria-label": title });
      picture.style.display = "block";
      this.area = { left: 60, top: 24, right: width - 24, bottom: height - 50 };
      this.render(picture, data, options);
      this.container.append(picture);
    }
    events.trigger(this, "ready");
  }
  // Adds the grid, ticks and titles; gives the scales of x and y.
  frame(picture, xs, ys, options) {
    const { hAxis = {}, vAxis = options.vAxes?.[0] ?? {} } = options;
    const { left, right, top, bottom } = this.area;
    const x = scale(xs, [left, right], hAxis.logScale);
    const y = scale(ys, [bottom, top], vAxis.logScale);
    const grid = svg("g", { stroke: "#e0e0e0" });
    picture.append(grid);
    for (const { v, f } of vAxis.ticks ?? ticks(ys)) {
      grid.append(svg("line", { x1: left, x2: right, y1: y(v), y2: y(v) }));
      picture.append(words(f, left - 6, y(v) + 4, { "text-anchor": "end" }));
    }
    for (const { v, f } of hAxis.ticks ?? ticks(xs)) {
      grid.append(svg("line", { x1: x(v), x2: x(v), y1: bottom, y2: bottom + 4 }));
      picture.append(words(f, x(v), bottom + 16, { "text-anchor": "middle" }));
    }
    const middle = { "text-anchor": "middle", "font-style": "italic" };
    const turned = { ...middle, transform: `rotate(-90 14 ${(top + bottom) / 2})` };
    picture.append(
      words(hAxis.title ?? "", (left + right) / 2, bottom + 36, middle),
      words(vAxis.title ?? "", 14, (top + bottom) / 2, turned),
    );
    return [x, y];
  }
}

// Series of a table: its first column has x, each further one without a role has y.
function series(data) {
  const found = [];
  const domain = {};
  data.cols.forEach((column, place) => {
    if (place && !column.role) found.push({ label: column.label, place });
    else if (column.role) (found.at(-1) ?? domain)[column.role] = place;
  });
  return found.map((one, number) => ({ ...domain, ...one, number, color: PALETTE[number % PALETTE.length] }));
}
