const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe between tags and within quotes of HTML and SVG. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => entities[letter]!);
}
