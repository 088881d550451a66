/**
 * A media type such as `application/vnd.oci.image.index.v1+json`.
 *
 * Known media types are listed in `types`. Parsed documents have them in canonical form (lower case, without
 * parameters), so they compare with `===`. A parsed document keeps an unknown media type as it was written.
 */
export type MediaType = string;
