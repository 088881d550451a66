/** A lower layer's entry of this path is hidden, unless it is a directory. */
export const HIDDEN_UNLESS_DIRECTORY = 1;
/** A lower layer's entry of this path is hidden, whatever it is. */
export const HIDDEN = 2;
/** Everything below this path is hidden in lower layers. */
export const HIDDEN_BELOW = 4;
/** What AUFS kept beside the files is hidden from the beginning. */
export const ALL_HIDDEN = HIDDEN_UNLESS_DIRECTORY | HIDDEN | HIDDEN_BELOW;

/** A directory was written under this path. */
export const WROTE_DIRECTORY = 8;
/** Something else than a directory was written. */
export const WROTE_FILE = 16;
/** Something was written below this path. */
export const WROTE_BELOW = 32;
