import { InvalidArgumentError } from 'commander';

/** Reads the number of an option; commander adds the option's name and the value to the error. */
export function numberOption(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('expected a number');
  return value;
}
