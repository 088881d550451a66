/**
 * A media type such as `application/vnd.oci.image.index.v1+json`.
 *
 * The known ones, listed in `types`, are always in canonical form (lower case, without parameters),
 * so they compare with `===`. Parsed documents leave types that are not known as they were written.
 */
export type MediaType = string;
