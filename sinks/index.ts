export { CannotWriteError } from './arrow/cannotWriteError.ts';
export { type Recovery, recoverArrow } from './arrow/recover.ts';
export { RowMismatchError } from './arrow/rowBatch.ts';
export { type ArrowOptions, toArrow } from './arrow/toArrow.ts';
export { type Ending, sink, type Writer, writersFinished } from './sink.ts';
export { type TerminalOptions, toTerminal } from './terminal/toTerminal.ts';
export { CannotServeError } from './websocket/cannotServe.ts';
export { type DashboardServer, type ServeOptions, serveDashboard } from './websocket/dashboardServer.ts';
export { toWebSocket } from './websocket/toWebSocket.ts';
