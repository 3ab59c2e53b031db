/** A cell that knows the name of its column: on a phone a row is a card, and each cell tells it. */
export function tableCell(name: string, ...content: (string | Node)[]): HTMLTableCellElement {
  const data = document.createElement('td');
  data.dataset.name = name;
  data.append(...content);
  return data;
}
