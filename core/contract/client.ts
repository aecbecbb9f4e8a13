import type { z } from 'zod';
import { Cancelled, Fault, UsageFault } from '../foundation/fault.ts';
import type { Progress, WorkOptions } from '../foundation/progress.ts';
import type { Contract, InputOf, OutputOf, Procedures, Topics } from './procedure.ts';
import { type Port, serverMessage } from './wire.ts';

/** The renderer's end of the contract. */
export interface Client<P extends Procedures, T extends Topics> {
  call<Name extends keyof P & string>(
    name: Name,
    input: InputOf<P, Name>,
    options?: WorkOptions,
  ): Promise<OutputOf<P, Name>>;
  /** Listens to a topic; the returned function stops it. */
  on<Topic extends keyof T & string>(topic: Topic, listener: (value: z.output<T[Topic]>) => void): () => void;
  /** Called once, when the connection ends; `reason` is a sentence. */
  onEnd(listener: (reason: string) => void): void;
  close(): void;
}

interface Pending {
  name: string;
  resolve(value: unknown): void;
  reject(reason: Error): void;
  onProgress: ((progress: Progress) => void) | undefined;
  done(): void;
}

/** A client over a port. When the port closes or the host says `fatal`, every pending call is rejected with the reason. */
export function connect<P extends Procedures, T extends Topics>(
  contract: Contract<P, T>,
  port: Port,
): Client<P, T> {
  const pending = new Map<number, Pending>();
  const listeners = new Map<string, Set<(value: never) => void>>();
  const endListeners: ((reason: string) => void)[] = [];
  let next = 1;
  let ended: string | undefined;

  const end = (reason: string): void => {
    if (ended !== undefined) return;
    ended = reason;
    for (const call of pending.values()) {
      call.done();
      call.reject(new Fault(reason));
    }
    pending.clear();
    for (const listener of endListeners) listener(reason);
  };

  port.onClose((reason) => end(`The connection to Visage's host ended (${reason}).`));
  port.onMessage((raw) => {
    const parsed = serverMessage.safeParse(raw);
    if (!parsed.success) return end('The host sent something that is not of the contract.');
    const message = parsed.data;
    if (message.type === 'fatal') return end(message.message);
    if (message.type === 'push') {
      const value = contract.topics[message.topic]?.safeParse(message.value);
      if (value?.success)
        for (const listener of listeners.get(message.topic) ?? []) listener(value.data as never);
      return;
    }
    const call = pending.get(message.id);
    if (!call) return; // It was cancelled here and the answer crossed the cancellation.
    if (message.type === 'event') return call.onProgress?.(message.progress as Progress);
    pending.delete(message.id);
    call.done();
    if (message.type === 'error') return call.reject(failure(message.kind, message.message));
    const output = contract.procedures[call.name].output.safeParse(message.output);
    if (output.success) call.resolve(output.data);
    else
      call.reject(
        new Fault(
          `The host's answer to '${call.name}' is not what the contract says: ${output.error.issues[0].message}.`,
        ),
      );
  });

  return {
    call(name, input, { signal, onProgress } = {}) {
      return new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(new Fault(ended));
        if (signal?.aborted) return reject(new Cancelled());
        const id = next++;
        const abort = (): void => {
          port.send({ type: 'cancel', id });
        };
        signal?.addEventListener('abort', abort, { once: true });
        pending.set(id, {
          name,
          resolve: resolve as (value: unknown) => void,
          reject,
          onProgress,
          done: () => signal?.removeEventListener('abort', abort),
        });
        try {
          port.send({ type: 'call', id, procedure: name, input });
        } catch (thrown) {
          pending.delete(id);
          signal?.removeEventListener('abort', abort);
          reject(thrown);
        }
      });
    },
    on(topic, listener) {
      const set = listeners.get(topic) ?? new Set();
      listeners.set(topic, set);
      set.add(listener as (value: never) => void);
      return () => void set.delete(listener as (value: never) => void);
    },
    onEnd: (listener) => void endListeners.push(listener),
    close() {
      end('The window closed the connection.');
      port.close();
    },
  };
}

function failure(kind: 'fault' | 'usage' | 'cancelled' | 'defect', message: string): Error {
  if (kind === 'cancelled') return new Cancelled(message);
  return kind === 'usage' ? new UsageFault(message) : new Fault(message);
}
