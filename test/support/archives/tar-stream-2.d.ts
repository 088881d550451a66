/** Version 2 of tar-stream, whose streams are those of readable-stream. It has the interface of version 3. */
declare module 'tar-stream-2' {
  export { default } from 'tar-stream';
}
