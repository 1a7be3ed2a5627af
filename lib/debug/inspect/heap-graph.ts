/**
 * A heap snapshot, as far as it is needed to find what a generator holds. V8 writes it as JSON: flat arrays of
 * numbers, a few for each node and for each edge, the edges in the order of the nodes that they leave.
 */

interface SnapshotJson {
  readonly snapshot: {
    readonly node_count: number;
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly edge_fields: readonly string[];
      readonly edge_types: readonly [readonly string[], ...unknown[]];
    };
  };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

/** An edge: by the name of a property or an internal slot, or by an index. */
export interface HeapEdge {
  readonly key: string;
  readonly to: number;
}

export class HeapGraph {
  private readonly json: SnapshotJson;
  private readonly nodeSize: number;
  private readonly edgeSize: number;
  private readonly nameField: number;
  private readonly idField: number;
  /** For each node, the number of its first edge. */
  private readonly firstEdge: Uint32Array;
  private readonly indexed: ReadonlySet<number>;

  /** @throws SyntaxError if the text is no JSON, TypeError if it is no snapshot. */
  constructor(text: string) {
    const json = JSON.parse(text) as SnapshotJson;
    const { node_fields: nodeFields, edge_fields: edgeFields, edge_types: edgeTypes } = json.snapshot.meta;
    this.json = json;
    this.nodeSize = nodeFields.length;
    this.edgeSize = edgeFields.length;
    this.nameField = nodeFields.indexOf('name');
    this.idField = nodeFields.indexOf('id');
    const count = json.snapshot.node_count;
    const countField = nodeFields.indexOf('edge_count');
    this.firstEdge = new Uint32Array(count + 1);
    for (let node = 0; node < count; node++) {
      const edges = json.nodes[node * this.nodeSize + countField] as number;
      this.firstEdge[node + 1] = (this.firstEdge[node] as number) + edges;
    }
    this.indexed = new Set([edgeTypes[0].indexOf('element'), edgeTypes[0].indexOf('hidden')]);
  }

  /** The node with this id; undefined if it is not in the snapshot. */
  find(id: number): number | undefined {
    const count = this.firstEdge.length - 1;
    for (let node = 0; node < count; node++) {
      if (this.json.nodes[node * this.nodeSize + this.idField] === id) return node;
    }
    return undefined;
  }

  nameOf(node: number): string {
    return this.json.strings[this.json.nodes[node * this.nodeSize + this.nameField] as number] ?? '';
  }

  edgesOf(node: number): HeapEdge[] {
    const { edges, strings } = this.json;
    const found: HeapEdge[] = [];
    const end = this.firstEdge[node + 1] as number;
    for (let edge = this.firstEdge[node] as number; edge < end; edge++) {
      const at = edge * this.edgeSize;
      const name = edges[at + 1] as number;
      const key = this.indexed.has(edges[at] as number) ? String(name) : (strings[name] ?? '');
      found.push({ key, to: (edges[at + 2] as number) / this.nodeSize });
    }
    return found;
  }

  /** Where the edge of this name leads; undefined if there is none. */
  follow(node: number | undefined, key: string): number | undefined {
    return node === undefined ? undefined : this.edgesOf(node).find((edge) => edge.key === key)?.to;
  }

  /** The elements of an array, in order. */
  elementsOf(array: number | undefined): number[] {
    const elements: number[] = [];
    if (array === undefined) return elements;
    for (const { key, to } of this.edgesOf(array)) if (/^\d+$/.test(key)) elements[Number(key)] = to;
    return elements;
  }
}
