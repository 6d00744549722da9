// From values to pixels, and the values at which an axis has its ticks.

function extent(values, axis = {}) {
  const known = values.filter(Number.isFinite);
  const low = axis.viewWindow?.min ?? Math.min(axis.minValue ?? Infinity, ...known);
  const high = axis.viewWindow?.max ?? Math.max(axis.maxValue ?? -Infinity, ...known);
  if (!Number.isFinite(low + high)) return [0, 1];
  if (low === high) return low ? [low - Math.abs(low) / 2, high + Math.abs(high) / 2] : [0, 1];
  return [low, high];
}

function scale([low, high], [from, to], logarithmic = false) {
  const on = logarithmic ? (value) => Math.log10(Math.max(value, 1e-5)) : (value) => value;
  return (value) => from + ((on(value) - on(low)) / (on(high) - on(low) || 1)) * (to - from);
}

function ticks([low, high], count = 5) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, place) => {
    const value = (first + place) * step;
    return { v: value, f: String(Number(value.toPrecision(6))) };
  });
}

// Down to a tick below and up to a tick above, so that no mark lies on the frame.
function widened([low, high], axis = {}) {
  if (axis.viewWindow) return [low, high];
  const at = ticks([low, high]).map((tick) => tick.v);
  const step = at.length > 1 ? at[1] - at[0] : high - low;
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}
