export { noun } from '../foundation/noun.ts';
