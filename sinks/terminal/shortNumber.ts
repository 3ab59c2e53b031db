/** A number in at most nine characters: `0.01234`, `1.23e-7`, `NaN`, `-Infinity`. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0) return '0';
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

/** Seconds as a clock shows them: `0:09`, `12:05`, `3:00:00`, `2 d 3:00:00`. */
export function clockTime(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  const withinHour = `${two(minutes)}:${two(whole % 60)}`;
  if (days > 0) return `${days} d ${hours}:${withinHour}`;
  return hours > 0 ? `${hours}:${withinHour}` : withinHour.replace(/^0/, '');
}
