// Columns. TFMA's histogram walks the picture: the group with a clip path has the grid, then the
// columns; their texts are the third group after it.

class ColumnChart extends Chart {
  render(picture, data, options) {
    const all = series(data);
    const { left, right, top, bottom } = this.area;
    const slot = (right - left) / Math.max(1, data.getNumberOfRows());
    const width = (slot * parseFloat(options.bar?.groupWidth ?? "61.8%")) / 100 / all.length;
    const reach = widened(extent(all.flatMap((one) => data.rows.map((row) => row[one.place].v)), { minValue: 0 }));
    const y = scale(reach, [bottom, top]);
    this.frame(picture, [0, 1], reach, { ...options, hAxis: { ticks: [] } });
    const columns = svg("g");
    const texts = svg("g", { "text-anchor": "middle" });
    for (const one of all) {
      data.rows.forEach((row, number) => {
        const x = left + slot * number + (slot - width * all.length) / 2 + width * one.number;
        const value = Number.isFinite(row[one.place].v) ? row[one.place].v : 0;
        columns.append(this.column(row, number, one, { x, y: Math.min(y(value), y(0)), width, height: Math.abs(y(0) - y(value)) }));
        const text = one.annotation === undefined ? "" : row[one.annotation].f;
        texts.append(svg("g", {}, words(text, x + width / 2, y(value) - 4)));
      });
    }
    picture.append(svg("g", { "clip-path": "none" }, svg("g"), columns), svg("g"), svg("g"), texts);
    picture.append(legend(all.map((one) => [one.label, one.color]), left, 12));
    picture.append(this.names(data, options, slot));
  }
  column(row, number, one, place) {
    const chosen = this.selected.some((other) => other.row === number);
    const mark = svg("rect", { ...place, fill: one.color, stroke: chosen ? "#000" : "none", "stroke-width": 2 });
    if (this.options.enableInteractivity !== false) {
      mark.addEventListener("click", () => this.select(number, one.place));
    }
    return hint(mark, `${row[0].f}: ${row[one.place].f}`);
  }
  // Ticks where they are given; else the names, without the part that they share, if there is room.
  names(data, options, slot) {
    const { left, right, bottom } = this.area;
    const given = options.hAxis?.ticks ?? [];
    if (given.length > 1) {
      const step = (right - left) / (given.length - 1);
      return svg("g", { "text-anchor": "middle" }, ...given.map(({ f }, place) => words(f, left + step * place, bottom + 16)));
    }
    return svg("g", { "text-anchor": "middle" }, ...data.rows.map((row, place) => {
      const text = row[0].f.split(",")[0].split(":").at(-1);
      const most = Math.floor(slot / 6.2);
      const short = text.length > most ? `${text.slice(0, Math.max(0, most - 1))}…` : text;
      return words(slot > 24 ? short : "", left + slot * (place + 0.5), bottom + 16);
    }));
  }
}
