const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function power(exponent: number): string {
  const digits = String(Math.abs(exponent)).replace(/\d/g, (digit) => superscripts[Number(digit)]!);
  return `10${exponent < 0 ? '⁻' : ''}${digits}`;
}

/** A number for a person: `digits` significant digits, powers of ten where there would be many zeros. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e6) {
    if (size >= 1e4) return formatCount(Number(value.toPrecision(Math.max(digits, 5))));
    const text = size >= 10 ** digits ? String(Math.round(value)) : String(Number(value.toPrecision(digits)));
    return text.replace('-', '−');
  }
  const [mantissa, exponent] = value.toExponential(Math.min(digits - 1, 2)).split('e');
  const factor = String(Number(mantissa)).replace('-', '−');
  const tens = power(Number(exponent));
  return factor === '1' ? tens : factor === '−1' ? `−${tens}` : `${factor}×${tens}`;
}

/** A count with thin spaces between thousands. */
export function formatCount(value: number): string {
  return String(Math.round(value))
    .replace('-', '−')
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** Seconds as `8.4 s`, `3:07`, `2:05:09`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  const two = (part: number) => String(part).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** `criticalLearningRate` as `critical learning rate`. */
export function words(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}
