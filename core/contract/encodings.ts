/** The encodings of tables that a user is offered, as the window may know them. */
export { ENCODINGS } from '../foundation/tables/encodings.ts';
