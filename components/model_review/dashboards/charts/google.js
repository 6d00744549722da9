// The part of Google Charts' API that TFMA's elements use. Google's own loader would fetch it.

class ChartWrapper {
  constructor({ container }) {
    this.container = container;
    this.chart = null;
  }
  setChartType(type) {
    this.type = type;
  }
  setDataTable(data) {
    this.data = data;
  }
  setOptions(options) {
    this.options = options;
  }
  getChart() {
    return this.chart;
  }
  draw() {
    const Kind = CHARTS[this.type];
    if (!(this.chart instanceof Kind) || this.chart.constructor !== Kind) {
      this.chart = new Kind(this.container);
      events.addListener(this.chart, "select", () => events.trigger(this, "select"));
    }
    this.chart.draw(this.data, this.options);
    events.trigger(this, "ready");
  }
}

const CHARTS = { BubbleChart, ColumnChart, ComboChart, LineChart, Table };

window.google = {
  charts: { load: () => Promise.resolve() },
  visualization: { ...CHARTS, ChartWrapper, DataTable, DataView, arrayToDataTable, events },
};
window.polymerSkipLoadingFontRoboto = true;
