"""Where everything in a picture stands: boxes, labels, and the routes of wires.

Each open group is laid out by itself, in layers from top to bottom, and is then one box among
others. A wire that leaves or enters a group does so at a port on its border. Between two layers
there are no boxes, and through a layer wires run straight, so that none crosses a box.
"""

from __future__ import annotations

from flowgraph.inspect.geometry import (
    HEADER,
    Layout,
    Rect,
    Stroke,
    size_of,
    size_of_label,
    width_of_title,
)
from flowgraph.inspect.layers import Segment, ordered, places, ranks, reversed_edges
from flowgraph.inspect.picture import Box, Group, Picture, Wire
from flowgraph.inspect.routing import Piece, Port, Vertex, routed

_PAD = 14.0
"""Between a group's border and what is inside, and around the picture."""
_GAP = 18.0
"""Between boxes side by side."""
_SLACK = 30.0
"""How much lower than its layer a box may be and still stand in the middle."""
_LANE = 16.0
"""Between layers, at least."""


def layout(picture: Picture, is_sideways: bool = False) -> Layout:
    """Lay out a picture.

    Parameters
    ----------
    picture : Picture
    is_sideways : bool
        Let wires run from left to right, not downwards.
    """
    wires = picture.wires()
    paths = {
        key: [box.key for box in picture.path(key)]
        for wire in wires
        for key in (wire.source, *wire.targets)
    }
    placed = _Level(picture.root, 0, wires, {}, paths, is_sideways).place()
    return placed.turned() if is_sideways else placed


class _Level:
    """The inside of one open group.

    Parameters
    ----------
    group : Group
    depth : int
        How many groups are around its members, the outermost left out.
    wires : list of Wire
        Those with an end inside, or that end at the group itself.
    sides : dict
        From each port of the group to nothing: an ordered set.
    paths : dict
        From a box's key to the keys of the boxes around it and its own.
    is_sideways : bool
    """

    def __init__(
        self,
        group: Group,
        depth: int,
        wires: list[Wire],
        sides: dict[Port, None],
        paths: dict[str, list[str]],
        is_sideways: bool,
    ) -> None:
        self.group = group
        self.sides = sides
        self.paths = paths
        self.is_sideways = is_sideways
        self.numbers = {box.key: i for i, box in enumerate(group.members)}
        self.depth = depth
        self.wires = wires
        self.inner: dict[int, Layout] = {}
        self.ports: dict[int, dict[Port, float]] = {}
        self.offsets: dict[Port, float] = {}

    # -- which ends lie where ---------------------------------------------------------------

    def child(self, key: str) -> int | None:
        """Return the number of the member that a box is or is inside of."""
        path = self.paths[key]
        return self.numbers.get(path[self.depth]) if len(path) > self.depth else None

    def ends(self, wire: Wire) -> tuple[int | None, list[int]]:
        """Return the members where a wire starts and where it leads, itself left out."""
        source = self.child(wire.source)
        found = [self.child(target) for target in wire.targets]
        return source, [t for t in dict.fromkeys(found) if t is not None and t != source]

    # -- the layout ---------------------------------------------------------------------------

    def place(self) -> Layout:
        """Lay out the group; its ports' places are then in `offsets`."""
        flows = {wire: self.ends(wire) for wire in self.wires}
        edges = [(s, t) for s, targets in flows.values() if s is not None for t in targets]
        back = reversed_edges(len(self.group.members), edges)
        self._place_groups(flows, back)
        forward = [(b, a) if (a, b) in back else (a, b) for a, b in edges]
        rank = ranks(len(self.group.members), forward)
        self.vertices = [
            Vertex(2 * rank[i], *self._size(i, box), box=i)
            for i, box in enumerate(self.group.members)
        ]
        self.pieces: list[Piece] = []
        self.bends: set[int] = set()
        self.entering: set[int] = set()
        """Bends of values that come in from outside."""
        self.named: list[tuple[Wire, int]] = []
        self.port_vertices: dict[Port, int] = {}
        self.bottom = 2 * max(rank, default=0) + 2
        self.title = self._title()
        for port in self.sides:
            layer = -2 if port[2] == "top" else self.bottom
            self.port_vertices[port] = self._vertex(layer, 6.0, 0.0)
        for wire, (source, targets) in flows.items():
            self._route(wire, source, targets, back)
        return self._coordinates()

    def _place_groups(
        self, flows: dict[Wire, tuple[int | None, list[int]]], back: set[tuple[int, int]]
    ) -> None:
        """Lay out the open groups among the members."""
        sides: dict[int, dict[Port, None]] = {}
        touching: dict[int, list[Wire]] = {}
        for wire, (source, targets) in flows.items():
            from_below = source is None and (wire, "in", "bottom") in self.sides
            ups = [t for t in targets if from_below or (source, t) in back]
            if source is not None:
                touching.setdefault(source, []).append(wire)
                ports = sides.setdefault(source, {})
                outwards = {port[2] for port in self.sides if port[:2] == (wire, "out")}
                key = self.group.members[source].key
                is_result = key in wire.targets and wire.source != key
                if len(ups) < len(targets) or "bottom" in outwards or is_result:
                    ports[wire, "out", "bottom"] = None
                if ups or "top" in outwards:
                    ports[wire, "out", "top"] = None
            for target in targets:
                touching.setdefault(target, []).append(wire)
                side = "bottom" if target in ups else "top"
                sides.setdefault(target, {})[wire, "in", side] = None
        for i, box in enumerate(self.group.members):
            if isinstance(box, Group) and box.is_open:
                wires, ports = touching.get(i, []), sides.get(i, {})
                level = _Level(box, self.depth + 1, wires, ports, self.paths, self.is_sideways)
                self.inner[i] = level.place()
                self.ports[i] = level.offsets

    def _size(self, i: int, box: Box) -> tuple[float, float]:
        if i in self.inner:
            return self.inner[i].width, self.inner[i].height
        size = size_of(box)
        return size[::-1] if self.is_sideways else size

    def _vertex(self, layer: int, w: float = 0.0, h: float = 0.0) -> int:
        self.vertices.append(Vertex(layer, w, h))
        return len(self.vertices) - 1

    def _title(self) -> int | None:
        """Return a vertex that keeps wires from running through the title."""
        if self.is_sideways or not self.group.title:
            return None
        return self._vertex(-2, width_of_title(self.group), HEADER)

    def _route(
        self, wire: Wire, source: int | None, targets: list[int], back: set[tuple[int, int]]
    ) -> None:
        """Make the vertices and pieces of a wire: a trunk down and one up, with branches."""
        outs = [port for port in self.sides if port[:2] == (wire, "out")]
        for is_up in (False, True):
            side = "top" if is_up else "bottom"
            start = source
            if source is None:
                start = self.port_vertices.get((wire, "in", "bottom" if is_up else "top"))
                reached = list(targets)
            else:
                reached = [t for t in targets if ((source, t) in back) == is_up]
            goals = [(t, self.group.members[t].key in wire.targets) for t in reached]
            if source is not None:
                goals += [(self.port_vertices[p], False) for p in outs if p[2] == side]
            if start is not None and goals:
                self._trunk(wire, start, goals, is_up)

    def _trunk(self, wire: Wire, start: int, goals: list[tuple[int, bool]], is_up: bool) -> None:
        step = -1 if is_up else 1
        at = start
        vertices = self.vertices
        is_source = start < len(self.group.members) and (
            self.group.members[start].key == wire.source
        )
        if start in self.port_vertices.values() and wire.flow == "data":
            self.entering.add(start)
        if is_source and wire.label and wire not in [named for named, _ in self.named]:
            size = size_of_label(wire.label)
            if self.is_sideways:
                size = size[::-1]
            label = self._vertex(vertices[at].layer + step, *size)
            self.named.append((wire, label))
            self._piece(wire, at, label, is_up)
            at = label
        goals = sorted(goals, key=lambda goal: step * vertices[goal[0]].layer)
        for goal, is_end in goals:
            while vertices[at].layer + step != vertices[goal].layer:
                bend = self._vertex(vertices[at].layer + step)
                self.bends.add(bend)
                self._piece(wire, at, bend, is_up)
                if at in self.entering:
                    self.entering.add(bend)
                at = bend
            self._piece(wire, at, goal, is_up, is_end)

    def _piece(self, wire: Wire, a: int, b: int, is_up: bool, is_end: bool = False) -> None:
        upper, lower = (b, a) if is_up else (a, b)
        self.pieces.append(Piece(wire, upper, lower, is_up, is_end))

    # -- coordinates --------------------------------------------------------------------------

    def _coordinates(self) -> Layout:
        vertices = self.vertices
        used = sorted({vertex.layer for vertex in vertices})
        layers: list[list[int]] = [[] for _ in used]
        at = {layer: i for i, layer in enumerate(used)}
        for i in sorted(range(len(vertices)), key=self._preference):
            layers[at[vertices[i].layer]].append(i)
        segments = [self._segment(piece) for piece in self.pieces]
        layers = ordered(layers, segments)
        if self.title is not None:
            first = layers[at[-2]]
            first.remove(self.title)
            first.insert(0, self.title)
        x = places(layers, [v.w for v in vertices], segments, _GAP, self.bends)
        if self.title is not None:  # as far to the left as there is anything
            edge = min([x[i] - v.w / 2 for i, v in enumerate(vertices) if i != self.title])
            x[self.title] = min(x[self.title], edge + vertices[self.title].w / 2)
            beside = [x[i] for i in layers[at[-2]] if i != self.title]
            if not beside:
                x[self.title] = edge + vertices[self.title].w / 2
        left = min((x[i] - v.w / 2 for i, v in enumerate(vertices)), default=0.0)
        right = max((x[i] + v.w / 2 for i, v in enumerate(vertices)), default=0.0)
        before = HEADER if self.is_sideways and self.group.title else 0.0
        x = [place - left + _PAD + before for place in x]
        tops, bottoms = self._heights(layers, x)
        high = (bottoms[-1] if bottoms else 0.0) + _PAD
        if self.is_sideways and self.group.title:
            high = max(high, width_of_title(self.group) + 2 * _PAD)
        placed = Layout(right - left + 2 * _PAD + before, high)
        band = {i: (tops[n], bottoms[n]) for n, layer in enumerate(layers) for i in layer}
        self._collect(placed, x, band)
        return placed

    def _preference(self, vertex: int) -> int:
        """Return where a vertex stands if nothing decides: what flows in left, weights right."""
        box = self.vertices[vertex].box
        if box is not None:
            return 2 if self.group.members[box].kind in ("variable", "constant") else 1
        return 0 if vertex in self.entering else 1

    def _segment(self, piece: Piece) -> Segment:
        upper, lower = self.vertices[piece.upper], self.vertices[piece.lower]
        bends = (upper.box is None) + (lower.box is None)
        return Segment(
            piece.upper,
            piece.lower,
            self._offset(piece, piece.upper, is_upper=True),
            self._offset(piece, piece.lower, is_upper=False),
            (1.0, 4.0, 24.0)[bends],
        )

    def _offset(self, piece: Piece, vertex: int, is_upper: bool) -> float:
        """Return where a piece is attached to a vertex, from its centre, as far as is known."""
        place = self._port_place(piece, vertex, is_upper)
        return 0.0 if place is None else place - self.vertices[vertex].w / 2

    def _port_place(self, piece: Piece, vertex: int, is_upper: bool) -> float | None:
        """Return where the port of a piece is on the border of an open group, from its left."""
        if vertex not in self.inner:
            return None
        direction = "out" if is_upper != piece.is_up else "in"
        return self.ports[vertex][piece.wire, direction, "bottom" if is_upper else "top"]

    def _heights(self, layers: list[list[int]], x: list[float]) -> tuple[list[float], list[float]]:
        """Return the upper and lower edge of each layer."""
        layer_of = {i: n for n, layer in enumerate(layers) for i in layer}
        slope = [0.0] * len(layers)
        for piece in self.pieces:
            n = layer_of[piece.upper]
            slope[n] = max(slope[n], abs(x[piece.upper] - x[piece.lower]))
        tops, bottoms, y = [], [], 0.0
        for n, layer in enumerate(layers):
            high = max((self.vertices[i].h for i in layer), default=0.0)
            kind = self.vertices[layer[0]].layer
            if n == 0 and kind != -2:
                y = _PAD
            tops.append(y)
            bottoms.append(y + high)
            # Long slanted wires need room, or they lie flat one upon another.
            is_border = kind == -2 or kind == self.bottom - 1
            y += high + (_LANE / 4 if is_border else _LANE) + min(0.05 * slope[n], 40.0)
        return tops, bottoms

    def _collect(
        self, placed: Layout, x: list[float], band: dict[int, tuple[float, float]]
    ) -> None:
        """Write down where everything is."""
        self.reached = {piece.lower for piece in self.pieces}
        rects = []
        for i, vertex in enumerate(self.vertices):
            y = self._top(i, *band[i])
            rects.append(Rect(x[i] - vertex.w / 2, y, vertex.w, vertex.h))
        for i, box in enumerate(self.group.members):
            rect = rects[i]
            placed.boxes[box.key] = rect
            if i in self.inner:
                inner = self.inner[i]
                placed.boxes.update((k, r.moved(rect.x, rect.y)) for k, r in inner.boxes.items())
                placed.labels += [(w, r.moved(rect.x, rect.y)) for w, r in inner.labels]
                placed.strokes += [s.moved(rect.x, rect.y) for s in inner.strokes]
        placed.labels += [(wire, rects[i]) for wire, i in self.named]
        joined = {i for piece in self.pieces for i in (piece.upper, piece.lower)}
        for port, i in self.port_vertices.items():
            self.offsets[port] = x[i]
            if i in joined:
                border = x[i], 0.0 if port[2] == "top" else placed.height
                inside = x[i], rects[i].y
                a, b = (border, inside) if port[1] == "in" else (inside, border)
                is_result = port[1] == "out" and self.group.key in port[0].targets
                placed.strokes.append(Stroke(port[0], (a, a, b, b), is_result))
        ports = [
            (
                self._port_place(piece, piece.upper, True),
                self._port_place(piece, piece.lower, False),
            )
            for piece in self.pieces
        ]
        placed.strokes += routed(self.pieces, self.vertices, rects, band, ports)

    def _top(self, vertex: int, top: float, bottom: float) -> float:
        """Return where a vertex begins on its layer: on a high one near its neighbours."""
        free = bottom - top - self.vertices[vertex].h
        if free > _SLACK and self.vertices[vertex].box is not None:
            is_source = vertex not in self.inner and vertex not in self.reached
            return bottom - self.vertices[vertex].h if is_source else top
        return top + free / 2
