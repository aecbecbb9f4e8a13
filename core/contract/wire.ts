import { z } from 'zod';

/**
 * The messages of the contract. The client sends `call` and `cancel`; the server answers a call with any number of
 * `event`s (progress) and then one `reply` or `error`; `push` tells of something that nobody asked for (labels
 * changed, a job moved on); `fatal` says that the host cannot go on, and rejects every pending call.
 */
const id = z.int().min(1);
export const clientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('call'), id, procedure: z.string().max(100), input: z.unknown() }),
  z.strictObject({ type: z.literal('cancel'), id }),
]);
export const serverMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('reply'), id, output: z.unknown() }),
  z.strictObject({
    type: z.literal('error'),
    id,
    kind: z.enum(['fault', 'usage', 'cancelled', 'defect']),
    message: z.string(),
  }),
  z.strictObject({ type: z.literal('event'), id, progress: z.unknown() }),
  z.strictObject({ type: z.literal('push'), topic: z.string().max(100), value: z.unknown() }),
  z.strictObject({ type: z.literal('fatal'), message: z.string() }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;
export type ServerMessage = z.infer<typeof serverMessage>;

/** One end of a connection, whatever carries it: an Electron MessagePort, a WebSocket, or a pair in a test. */
export interface Port {
  send(message: unknown): void;
  /** One listener each; set them before the first message can come. */
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: (reason: string) => void): void;
  close(): void;
}
