/** Room that the hover card takes, in CSS pixels. */
const CARD = { width: 360, height: 130 };
const GAP = 14;

/** Where the hover card stands: beside the pointer, on the side where there is room. */
export function placeCard(
  x: number,
  y: number,
  view: { innerWidth: number; innerHeight: number } = window,
): Record<'left' | 'top' | 'right' | 'bottom', string> {
  const right = x + GAP + CARD.width > view.innerWidth;
  const below = y + GAP + CARD.height > view.innerHeight;
  return {
    left: right ? 'auto' : `${x + GAP}px`,
    right: right ? `${view.innerWidth - x + GAP}px` : 'auto',
    top: below ? 'auto' : `${y + GAP}px`,
    bottom: below ? `${view.innerHeight - y + GAP}px` : 'auto',
  };
}
