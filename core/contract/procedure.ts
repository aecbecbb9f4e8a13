import type { z } from 'zod';

/** One procedure of the contract: schemas of what goes in and what comes back. */
export interface Procedure<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  input: Input;
  output: Output;
}

export const procedure = <Input extends z.ZodType, Output extends z.ZodType>(
  input: Input,
  output: Output,
): Procedure<Input, Output> => ({
  input,
  output,
});

export type Procedures = Readonly<Record<string, Procedure>>;
/** Topics that the host pushes, with the schema of their value. */
export type Topics = Readonly<Record<string, z.ZodType>>;

export interface Contract<P extends Procedures = Procedures, T extends Topics = Topics> {
  procedures: P;
  topics: T;
}

export type InputOf<P extends Procedures, Name extends keyof P> = z.input<P[Name]['input']>;
export type OutputOf<P extends Procedures, Name extends keyof P> = z.output<P[Name]['output']>;
