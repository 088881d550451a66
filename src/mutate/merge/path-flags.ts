/** A lower layer's entry of this path is hidden, unless it is a directory. */
export const FOLDER = 1;
/** A lower layer's entry of this path is hidden, whatever it is. */
export const SELF = 2;
/** Everything below this path is hidden in lower layers. */
export const BELOW = 4;
/** What AUFS kept beside the files is hidden from the beginning. */
export const UNSEEN = FOLDER | SELF | BELOW;

/** A directory was written under this path. */
export const WROTE_FOLDER = 8;
/** Something else than a directory was written. */
export const WROTE_FILE = 16;
/** Something was written below this path. */
export const WROTE_BELOW = 32;
