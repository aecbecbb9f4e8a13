import type { z } from 'zod';
import { Cancelled, Fault, sentenceOf, UsageFault } from '../foundation/fault.ts';
import type { Progress } from '../foundation/progress.ts';
import type { Contract, Procedures, Topics } from './procedure.ts';
import { clientMessage, type Port, type ServerMessage } from './wire.ts';

export interface CallContext {
  signal: AbortSignal;
  onProgress(progress: Progress): void;
}

export type Handlers<P extends Procedures> = {
  [Name in keyof P]: (
    input: z.output<P[Name]['input']>,
    context: CallContext,
  ) => z.input<P[Name]['output']> | Promise<z.input<P[Name]['output']>>;
};

/** One client's connection, as the host sees it. */
export interface Served<T extends Topics> {
  push<Topic extends keyof T & string>(topic: Topic, value: z.input<T[Topic]>): void;
  fatal(message: string): void;
  close(): void;
}

/**
 * Answers one port by the handlers. Every message is parsed; one that is no message of the contract closes the port,
 * one with bad input is answered with an error that names the field. Closing the port cancels what runs for it.
 * @param defect where an error that is no Fault is written down; the client gets its sentence only.
 * @param ended called once, when the connection is over.
 */
export function serve<P extends Procedures, T extends Topics>(
  contract: Contract<P, T>,
  handlers: Handlers<P>,
  port: Port,
  defect: (procedure: string, thrown: unknown) => void,
  ended: () => void = () => {},
): Served<T> {
  const running = new Map<number, AbortController>();
  let open = true;
  const send = (message: ServerMessage): void => {
    if (open) port.send(message);
  };
  const end = (): void => {
    if (!open) return;
    open = false;
    ended();
    for (const call of running.values()) call.abort(new Cancelled());
    running.clear();
  };
  port.onClose(end);
  port.onMessage((raw) => {
    const parsed = clientMessage.safeParse(raw);
    if (!parsed.success) {
      send({ type: 'fatal', message: 'A message was not one of the contract; the connection is closed.' });
      end();
      port.close();
      return;
    }
    const message = parsed.data;
    if (message.type === 'cancel') running.get(message.id)?.abort(new Cancelled());
    else void answer(message.id, message.procedure, message.input);
  });

  async function answer(id: number, name: string, raw: unknown): Promise<void> {
    const fail = (kind: 'fault' | 'usage' | 'cancelled' | 'defect', text: string): void =>
      send({ type: 'error', id, kind, message: text });
    if (running.has(id)) return fail('usage', `Call ${id} is running already.`);
    if (!Object.hasOwn(contract.procedures, name)) return fail('usage', `There is no procedure '${name}'.`);
    const { input, output } = contract.procedures[name];
    const parsed = input.safeParse(raw);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return fail(
        'usage',
        `'${name}' was called wrongly: ${issue.path.join('.') || 'input'}: ${issue.message}.`,
      );
    }
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const handler = handlers[name] as (input: unknown, context: CallContext) => unknown;
      const result = await handler(parsed.data, {
        signal: controller.signal,
        onProgress: (progress) => send({ type: 'event', id, progress }),
      });
      send({ type: 'reply', id, output: output.parse(result) });
    } catch (thrown) {
      if (thrown instanceof Cancelled) fail('cancelled', thrown.message);
      else if (thrown instanceof UsageFault) fail('usage', thrown.message);
      else if (thrown instanceof Fault) fail('fault', thrown.message);
      else {
        defect(name, thrown);
        fail('defect', sentenceOf(thrown));
      }
    } finally {
      running.delete(id);
    }
  }

  return {
    push: (topic, value) => send({ type: 'push', topic, value }),
    fatal: (message) => send({ type: 'fatal', message }),
    close: () => {
      end();
      port.close();
    },
  };
}
