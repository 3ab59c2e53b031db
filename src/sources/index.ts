export { type FromArrowOptions, fromArrow } from './arrow/fromArrow.ts';
export { rowSource } from './rowSource.ts';
export type { TextFormat } from './textLines/formats.ts';
export { type FromJsonLinesOptions, fromJsonLines } from './textLines/fromJsonLines.ts';
export { type FromTextLinesOptions, fromTextLines } from './textLines/fromTextLines.ts';
export type { TextNotice } from './textLines/textNotice.ts';
export { fromWebSocket } from './webSocket/fromWebSocket.ts';
export { CannotConnectError, type ConnectionOptions, type RunMessage, runMessages } from './webSocket/runMessages.ts';
