export { type FromArrowOptions, fromArrow } from './arrow/fromArrow.ts';
export { type ArrowSampleColumns, readArrowSamples } from './arrow/readArrowSamples.ts';
export { type ImageSets, readCifar, readCifar10, readCifar100 } from './cifarFiles.ts';
export { type FashionMnistOptions, readFashionMnist } from './fashionMnist.ts';
export { readIdxPair, readMnist } from './idxFiles.ts';
export { type NamedImageSets, type ReadImageSetsOptions, readImageSets } from './imageSets.ts';
export { readNpy, readNpz } from './numpyFiles.ts';
export { rowSource } from './rowSource.ts';
export { type FromTensorBoardOptions, fromTensorBoard } from './tensorBoard/fromTensorBoard.ts';
export type { TextFormat } from './textLines/formats.ts';
export { type FromJsonLinesOptions, fromJsonLines } from './textLines/fromJsonLines.ts';
export { type FromTextLinesOptions, fromTextLines } from './textLines/fromTextLines.ts';
export type { TextNotice } from './textLines/textNotice.ts';
export { type ControlOptions, ControlRefusedError, controlOf, type RunControl } from './webSocket/controlOf.ts';
export { type FromWebSocketOptions, fromWebSocket } from './webSocket/fromWebSocket.ts';
export { CannotConnectError } from './webSocket/openSocket.ts';
export {
  type ConnectionOptions,
  type MessageOptions,
  type RunMessage,
  runMessages,
} from './webSocket/runMessages.ts';
