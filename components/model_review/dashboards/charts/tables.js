// Tables of Google Charts' API: columns with a role, rows of cells {v: value, f: text}.

class DataTable {
  constructor(given = { cols: [], rows: [] }) {
    this.cols = given.cols;
    this.rows = given.rows ?? [];
  }
  getNumberOfRows() {
    return this.rows.length;
  }
  getNumberOfColumns() {
    return this.cols.length;
  }
  addRows(rows) {
    this.rows.push(...rows.map((row) => row.map(cell)));
  }
  sort(keys) {
    const { column, desc } = [keys].flat()[0];
    this.rows.sort((a, b) => compared(a[column].v, b[column].v) * (desc ? -1 : 1));
  }
}

// Columns of another table: by number, or computed from one.
class DataView extends DataTable {
  constructor(table) {
    super({ cols: table.cols, rows: table.rows });
    this.table = table;
  }
  setColumns(columns) {
    const of = (given) => given.sourceColumn ?? given;
    this.cols = columns.map((given) => ({ ...this.table.cols[of(given)], ...(given.role && given) }));
    this.rows = this.table.rows.map((row) => columns.map((given) => {
      const { v, f } = row[of(given)];
      return given.calc === "stringify" ? { v: f, f } : { v, f };
    }));
  }
}

function arrayToDataTable([header = [], ...rows]) {
  const table = new DataTable({
    cols: header.map((column) => (typeof column === "string" ? { label: column } : { ...column })),
    rows: [],
  });
  table.addRows(rows);
  return table;
}

function cell(given) {
  const { v = null, f } = given !== null && typeof given === "object" ? given : { v: given };
  return { v, f: String(f ?? v ?? "") };
}

function compared(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b));
}
