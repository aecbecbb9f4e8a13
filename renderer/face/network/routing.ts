/** Which entries of a routing vector belong to which place: place after place, group after group, expert after expert. */
export interface RoutingPlace {
  name: string;
  experts: number;
  groups: number;
}

/** A feature set's stored layout, where it is one and explains every entry; undefined otherwise. */
export function parseLayout(stored: unknown, dimensions: number): RoutingPlace[] | undefined {
  if (!Array.isArray(stored)) return undefined;
  const places: RoutingPlace[] = [];
  for (const one of stored as unknown[]) {
    if (typeof one !== 'object' || one === null) return undefined;
    const { name, experts, groups } = one as Record<string, unknown>;
    if (typeof name !== 'string' || !isCount(experts) || !isCount(groups)) return undefined;
    places.push({ name, experts, groups });
  }
  const entries = places.reduce((sum, { experts, groups }) => sum + experts * groups, 0);
  return entries === dimensions && entries > 0 ? places : undefined;
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;

/** The weights of one group's experts; `face` sums to 1, as a softmax does. */
export interface RoutingGroup {
  group: number;
  face: number[];
  /** Mean over all faces. */
  all: number[] | null;
  /** Mean over the faces of the face's cluster. */
  cluster: number[] | null;
}

/** A place of the network with its groups of experts. */
export interface RoutedPlace {
  name: string;
  experts: number;
  groups: RoutingGroup[];
  /** Greatest difference of a weight from the mean of all faces, 0 … 1; how unusual the face is here. */
  unusual: number;
}

/** Cuts a face's routing vector, and the means beside it, into places, groups and experts. */
export function routedPlaces(
  layout: readonly RoutingPlace[],
  face: ArrayLike<number>,
  all: ArrayLike<number> | null,
  cluster: ArrayLike<number> | null,
): RoutedPlace[] {
  let from = 0;
  return layout.map(({ name, experts, groups: count }) => {
    const groups = Array.from({ length: count }, (_, group): RoutingGroup => {
      const start = from;
      from += experts;
      const cut = (row: ArrayLike<number>): number[] =>
        Array.from({ length: experts }, (_, i) => row[start + i]);
      return { group, face: cut(face), all: all && cut(all), cluster: cluster && cut(cluster) };
    });
    const unusual = Math.max(
      0,
      ...groups.flatMap((group) =>
        group.face.map((weight, i) => Math.abs(weight - (group.all?.[i] ?? weight))),
      ),
    );
    return { name, experts, groups, unusual };
  });
}

/** Largest deviation from 1 of the groups' sums: above a rounding error these are no softmax weights. */
export const sumError = (places: readonly RoutedPlace[]): number =>
  Math.max(
    0,
    ...places.flatMap(({ groups }) =>
      groups.map(({ face }) => Math.abs(face.reduce((sum, weight) => sum + weight, 0) - 1)),
    ),
  );
