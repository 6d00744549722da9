// Lines, and the combinations of lines, bars and points.

class LineChart extends Chart {
  kind(options, number) {
    return options.series?.[number]?.type ?? "line";
  }
  render(picture, data, options) {
    const all = series(data).map((one) => ({ ...one, ...options.series?.[one.number] }));
    const column = (place) => data.rows.map((row) => row[place].v);
    const on = (axis) => all.filter((one) => (one.targetAxisIndex ?? 0) === axis);
    const reach = (chosen, axis) =>
      widened(extent(chosen.flatMap((one) => column(one.place)), axis), axis);
    if (on(1).length) this.area.right -= 36;
    const zero = all.some((one) => one.type === "bars") ? { minValue: 0 } : {};
    const xs = this.reachOfX(column(0), options);
    const [x, left] = this.frame(picture, xs, reach(on(0), { ...zero, ...options.vAxis }), options);
    const right = on(1).length && this.secondAxis(picture, reach(on(1), { minValue: 0 }), options);
    for (const one of all) {
      const y = one.targetAxisIndex ? right : left;
      const points = data.rows.map((row, number) => ({ row, number, at: [x(row[0].v), y(row[one.place].v)] }))
        .filter(({ at, row }) => row[one.place].v !== null && at.every(Number.isFinite));
      picture.append(this.marks(one, points, options));
    }
    this.annotate(picture, data, all[0], x);
    const named = all.filter((one) => one.label && one.visibleInLegend !== false);
    if (named.length > 1) picture.append(legend(named.map((one) => [one.label, one.color]), this.area.left, 12));
  }
  reachOfX(values, options) {
    const [low, high] = extent(values, options.hAxis);
    const edge = options.hAxis?.ticks || this.barWidth(values) ? (high - low) / (2 * values.length) : 0;
    return [low - edge, high + edge];
  }
  barWidth(values) {
    return this instanceof ComboChart && values.length > 1 ? Math.abs(values[1] - values[0]) : 0;
  }
  secondAxis(picture, reach, options) {
    const { right, top, bottom } = this.area;
    const y = scale(reach, [bottom, top]);
    for (const { v, f } of ticks(reach)) picture.append(words(f, right + 4, y(v) + 4, { fill: "#999" }));
    const middle = (top + bottom) / 2;
    const turned = { "text-anchor": "middle", "font-style": "italic", transform: `rotate(90 ${right + 44} ${middle})` };
    picture.append(words(options.vAxes?.[1]?.title ?? "", right + 44, middle, turned));
    return y;
  }
  marks(one, points, options) {
    switch (this.kind(options, one.number)) {
      case "bars": return this.bars(one, points);
      case "scatter": return svg("g", { fill: one.color }, ...points.map((point) => this.point(one, point, points.length > 40 ? 2 : 4)));
      default: return this.line(one, points);
    }
  }
  line(one, points) {
    const path = svg("polyline", {
      points: points.map(({ at }) => at.map((place) => place.toFixed(1)).join()).join(" "),
      fill: "none", stroke: one.color, "stroke-width": 2,
      "stroke-dasharray": one.lineDashStyle?.join(" "),
    });
    const visible = points.length < 12 ? 3.5 : 0;
    const dots = points.map((point) => this.point(one, point, this.isSelected(point.number) ? 6 : visible));
    return svg("g", { fill: one.color }, path, ...dots);
  }
  isSelected(row) {
    return this.selected.some((one) => one.row === row);
  }
  // A point that is too small to hit has a larger, clear one around it.
  point(one, { row, number, at: [cx, cy] }, r) {
    const mark = svg("circle", { cx, cy, r, stroke: "transparent", "stroke-width": r ? 6 : 10, "pointer-events": "all" });
    const over = (name) => () => events.trigger(this, name, { row: number, column: one.place });
    mark.addEventListener("mouseenter", over("onmouseover"));
    mark.addEventListener("mouseleave", over("onmouseout"));
    return hint(mark, one.tooltip ? row[one.tooltip].f : `${row[0].f}: ${row[one.place].f}`);
  }
  bars(one, points) {
    const gaps = points.slice(1).map(({ at }, place) => at[0] - points[place].at[0]);
    const width = Math.max(1, Math.min(...gaps, 60) * 0.8);
    return svg("g", { fill: "#c5d5f2" }, ...points.map(({ row, at: [x, y] }) => {
      const height = Math.max(0, this.area.bottom - y);
      return hint(svg("rect", { x: x - width / 2, y, width, height }), one.tooltip && row[one.tooltip].f);
    }));
  }
  // The names of points, below the axis: that of the last, and others as far as there is room.
  annotate(picture, data, one, x) {
    if (one?.annotation === undefined || one.annotation > one.place) return;
    let free = this.area.right + 20;
    for (const row of [...data.rows].sort((a, b) => b[0].v - a[0].v)) {
      const text = row[one.annotation].f;
      const width = 5.6 * text.length;
      const end = Math.min(x(row[0].v) + width / 2, this.area.right + 20);
      if (end > free || end < width) continue;
      picture.append(words(text, end, this.area.bottom + 18, { "font-size": 10, "text-anchor": "end" }));
      free = end - width - 8;
    }
  }
}

class ComboChart extends LineChart {}
