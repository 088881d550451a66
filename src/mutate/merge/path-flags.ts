/**
 * Flags of a path: what the layers above hide of it, and what was written for it.
 *
 * A lower layer's entry of this path is hidden, unless it is a directory.
 */
export const HIDDEN_UNLESS_DIRECTORY = 1;
/** A lower layer's entry of this path is hidden, whatever its type. */
export const HIDDEN = 2;
/** Everything below this path is hidden in lower layers. */
export const HIDDEN_BELOW = 4;
/** The path and everything below it is hidden. AUFS's metadata has this from the beginning. */
export const ALL_HIDDEN = HIDDEN_UNLESS_DIRECTORY | HIDDEN | HIDDEN_BELOW;

/** A directory was written for this path. */
export const WROTE_DIRECTORY = 8;
/** An entry that is not a directory was written for this path. */
export const WROTE_FILE = 16;
/** An entry was written below this path. */
export const WROTE_BELOW = 32;
