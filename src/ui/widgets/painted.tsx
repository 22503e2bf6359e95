// Boxes that React lays out and live rows are drawn over; overlays that cover them again.
import { Box, type BoxProps, type DOMElement, Text, useBoxMetrics } from 'ink';
import {
  createContext,
  type ReactElement,
  type ReactNode,
  type RefObject,
  useContext,
  useLayoutEffect,
  useRef,
} from 'react';
import { type Paint, paintedLines, type Rectangle } from './canvas.js';

export interface Region {
  readonly node: DOMElement;
  /** null: an overlay, whose text by Ink covers what was painted below. */
  readonly paint: Paint | null;
  /** Called with the box's place before it is painted. */
  readonly onPlace: ((place: Rectangle) => void) | null;
}

/** Which boxes are on the screen, in the order in which they cover each other. */
export class RegionRegistry {
  private readonly layers = new Map<number, Region>();
  private nextKey = 0;

  newKey(): number {
    return this.nextKey++;
  }

  set(key: number, region: Region): void {
    this.layers.set(key, region);
  }

  delete(key: number): void {
    this.layers.delete(key);
  }

  /** Overlays mount after what they cover, so mounting order is covering order. */
  inOrder(): Region[] {
    return [...this.layers].sort(([left], [right]) => left - right).map(([, region]) => region);
  }
}

/** null: not rendered to our terminal (a component test); painters then render as text. */
export const PaintContext = createContext<RegionRegistry | null>(null);

export const placeOf = (node: DOMElement): Rectangle | null => {
  if (!node.yogaNode) return null;
  let left = 0;
  let top = 0;
  for (let at: DOMElement | undefined = node; at?.yogaNode; at = at.parentNode) {
    left += at.yogaNode.getComputedLeft();
    top += at.yogaNode.getComputedTop();
  }
  return {
    left,
    top,
    width: node.yogaNode.getComputedWidth(),
    height: node.yogaNode.getComputedHeight(),
  };
};

const useRegion = (
  reference: RefObject<DOMElement | null>,
  paint: Paint | null,
  onPlace: ((place: Rectangle) => void) | null,
): void => {
  const registry = useContext(PaintContext);
  const key = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (registry === null || reference.current === null) return;
    key.current ??= registry.newKey();
    registry.set(key.current, { node: reference.current, paint, onPlace });
  });
  useLayoutEffect(
    () => () => {
      if (key.current !== null) registry?.delete(key.current);
      key.current = null;
    },
    [registry],
  );
};

const PaintedText = ({
  reference,
  paint,
}: {
  reference: RefObject<DOMElement | null>;
  paint: Paint;
}): ReactElement | null => {
  const { width, height, hasMeasured } = useBoxMetrics(reference as RefObject<DOMElement>);
  if (!hasMeasured || width === 0 || height === 0) return null;
  return <Text wrap="truncate">{paintedLines(paint, width, height).join('\n')}</Text>;
};

export interface PaintedProps extends BoxProps {
  readonly paint: Paint;
  readonly onPlace?: (place: Rectangle) => void;
}

/** A box whose inside is drawn by `paint` on every frame, without React. */
export const Painted = ({ paint, onPlace, ...box }: PaintedProps): ReactElement => {
  const reference = useRef<DOMElement>(null);
  const registry = useContext(PaintContext);
  useRegion(reference, paint, onPlace ?? null);
  return (
    <Box ref={reference} flexDirection="column" overflow="hidden" {...box}>
      {registry === null ? <PaintedText reference={reference} paint={paint} /> : null}
    </Box>
  );
};

export interface OverlayProps extends BoxProps {
  readonly children: ReactNode;
}

/** A box whose ordinary text lies over everything that mounted before it. */
export const Overlay = ({ children, ...box }: OverlayProps): ReactElement => {
  const reference = useRef<DOMElement>(null);
  useRegion(reference, null, null);
  return (
    <Box ref={reference} position="absolute" flexDirection="column" overflow="hidden" {...box}>
      {children}
    </Box>
  );
};
