/** A media type in canonical form: lower case, without parameters. The known ones are in `types`. */
export type MediaType = string;
