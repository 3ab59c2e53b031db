/** @throws {RangeError} naming both lengths, when two series that belong together are not equally long */
export function equalLength(where: string, x: ArrayLike<number>, y: ArrayLike<number>): void {
  if (x.length !== y.length) {
    throw new RangeError(
      `${where}: ${x.length} values and ${y.length} values: expected as many of one as of the other`,
    );
  }
}
