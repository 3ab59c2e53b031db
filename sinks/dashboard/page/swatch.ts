/** A short line in the colour of a run, by the name of its variable; undefined for a run that has none of its own. */
export function swatchOf(color: string | undefined): HTMLElement {
  const swatch = document.createElement('i');
  swatch.className = 'swatch';
  swatch.style.borderColor = color === undefined ? 'transparent' : `var(--${color})`;
  return swatch;
}
