package io.taskweave.core.blas;

/**
 * Matrix products on row-major {@code float} arrays with leading dimension and offset, so that
 * sub-matrices need no copy. One call runs on the calling thread.
 */
public interface Blas {
  /**
   * C = A B + beta C, with A [m, k], B [k, n], C [m, n].
   *
   * @param lda elements from one row of A to the next; likewise ldb, ldc
   */
  void multiply(
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      int ldb,
      float beta,
      float[] c,
      int cOffset,
      int ldc);

  /** C = A' B + beta C, with A [k, m], B [k, n], C [m, n]: the gradient of a weight. */
  void multiplyTransposedLeft(
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      int ldb,
      float beta,
      float[] c,
      int cOffset,
      int ldc);

  /** C = A B' + beta C, with A [m, k], B [n, k], C [m, n]: the gradient of an input. */
  void multiplyTransposedRight(
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      int ldb,
      float beta,
      float[] c,
      int cOffset,
      int ldc);
}
