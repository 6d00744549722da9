// A table that can be sorted and turned over. A cell may hold one of TFMA's own elements, as it
// writes them; all else is text, since a slice's name comes from the data.

const TFMA = new Set([
  "tfma-array-value", "tfma-bounded-value", "tfma-confusion-matrix-at-thresholds", "tfma-int64",
  "tfma-multi-class-confusion-matrix", "tfma-value-at-cutoffs",
]);
const GIVEN = new Set(["data", "value", "lower-bound", "upper-bound"]);

class Table extends Chart {
  draw(data, options = {}) {
    if (data !== this.data) Object.assign(this, { page: 0, sorted: null });
    Object.assign(this, { data, options });
    this.container.replaceChildren(this.table(), ...this.pages());
    events.trigger(this, "ready");
  }
  order() {
    return this.sorted?.order ?? this.data.rows.map((_, row) => row);
  }
  table() {
    const size = this.options.page === "enable" ? this.options.pageSize : Infinity;
    const shown = this.order().slice(this.page * size, (this.page + 1) * size);
    const head = html("tr", "google-visualization-table-tr-head", ...this.data.cols.map((_, place) => this.heading(place)));
    const table = html("table", "google-visualization-table-table",
      html("thead", "", head), html("tbody", "", ...shown.map((row) => this.row(row))));
    Object.assign(table.style, { borderCollapse: "collapse", width: "100%" });
    const box = html("div", "google-visualization-table", table);
    box.style.overflowX = "auto";
    return box;
  }
  heading(place) {
    const down = this.sorted?.place === place ? (this.sorted.desc ? "sort-descending" : "sort-ascending") : "";
    const heading = html("th", `google-visualization-table-th ${down}`, this.data.cols[place].label,
      html("span", "google-visualization-table-sortind"));
    heading.scope = "col";
    heading.style.cursor = "pointer";
    heading.addEventListener("click", () => this.sort(place));
    return heading;
  }
  row(number) {
    const chosen = this.selected.some((one) => one.row === number);
    const cells = this.data.rows[number].map((one) => html("td", "google-visualization-table-td", content(one.f)));
    const row = html("tr", chosen ? "google-visualization-table-tr-sel" : "google-visualization-table-tr-odd", ...cells);
    row.addEventListener("click", () => this.select(number, null));
    return row;
  }
  sort(place) {
    const desc = this.sorted?.place === place && !this.sorted.desc;
    const value = (row) => this.data.rows[row][place].v;
    const order = this.data.rows.map((_, row) => row)
      .sort((a, b) => compared(value(a), value(b)) * (desc ? -1 : 1));
    this.sorted = { place, desc, order };
    this.draw(this.data, this.options);
    events.trigger(this, "sort", { column: place, ascending: !desc, sortedIndexes: order });
  }
  pages() {
    const count = Math.ceil(this.data.rows.length / (this.options.pageSize || Infinity));
    if (this.options.page !== "enable" || count < 2) return [];
    const buttons = Array.from({ length: count }, (_, page) => {
      const button = html("button", "", String(page + 1));
      button.disabled = page === this.page;
      button.addEventListener("click", () => {
        this.page = page;
        this.draw(this.data, this.options);
        events.trigger(this, "page", { page });
      });
      return button;
    });
    return [html("div", "google-visualization-table-div-page", ...buttons)];
  }
}

function content(text) {
  const [, name, given] = /^<([a-z0-9-]+)((?: +[a-z-]+=(?:"[^"<>]*"|[^\s"<>]+))*) *><\/\1>$/.exec(text) ?? [];
  if (!TFMA.has(name)) return text;
  const made = document.createElement(name);
  for (const [, key, quoted, bare] of given.matchAll(/([a-z-]+)=(?:"([^"]*)"|(\S+))/g)) {
    if (GIVEN.has(key)) made.setAttribute(key, unescaped(quoted ?? bare));
  }
  return made;
}

// A text area reads entities, and no elements.
function unescaped(text) {
  const area = document.createElement("textarea");
  area.innerHTML = text;
  return area.value;
}

function html(name, classes, ...children) {
  const made = document.createElement(name);
  if (classes) made.className = classes.trim();
  if (name === "th" || name === "td") Object.assign(made.style, { whiteSpace: "nowrap", padding: "0 10px" });
  made.append(...children);
  return made;
}
