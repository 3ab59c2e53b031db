export type { Checkpoint, CheckpointStore } from '../training/checkpoint.ts';
export { readCheckpoint } from './checkpointFolder.ts';
export { UnreadableCheckpointError } from './unreadableCheckpointError.ts';
export { type WriteCheckpointsOptions, writeCheckpoints } from './writeCheckpoints.ts';
