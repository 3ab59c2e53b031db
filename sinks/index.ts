export type { Gap } from '../src/formats/webSocket/protocol.ts';
export { CannotWriteError } from './arrow/cannotWriteError.ts';
export type { Leftovers } from './arrow/leftovers.ts';
export { type Recovery, recoverArrow } from './arrow/recover.ts';
export { type RunRecovery, recoverRun } from './arrow/recoverRun.ts';
export { RowMismatchError } from './arrow/rowBatch.ts';
export { type ArrowOptions, toArrow } from './arrow/toArrow.ts';
export { type JsonLinesOptions, toJsonLines } from './jsonLines/toJsonLines.ts';
export { type Ending, sink, type Writer, writersFinished } from './sink.ts';
export { toTensorBoard } from './tensorBoard/toTensorBoard.ts';
export { type TerminalOptions, toTerminal } from './terminal/toTerminal.ts';
export { CannotServeError } from './websocket/cannotServe.ts';
export {
  type DashboardServer,
  type LiveRun,
  type ServeOptions,
  type ShownRunOptions,
  serveDashboard,
} from './websocket/dashboardServer.ts';
export type { Controlled } from './websocket/runShelf.ts';
export { toWebSocket } from './websocket/toWebSocket.ts';
