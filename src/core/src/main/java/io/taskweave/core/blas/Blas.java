package io.taskweave.core.blas;

/**
 * Matrix products on row-major {@code float} arrays with leading dimension and offset, so that
 * sub-matrices need no copy. One call runs on the calling thread.
 */
public interface Blas {
  /** Which factor is stored as its transpose. */
  enum Transposed {
    /** A [m, k] and B [k, n]: the result of a layer. */
    NONE,
    /** A [k, m] and B [k, n]: the gradient of a weight. */
    LEFT,
    /** A [m, k] and B [n, k]: the gradient of an input. */
    RIGHT
  }

  /**
   * C = A B + beta C, with C [m, n] and A and B as {@code transposed} says.
   *
   * @param lda elements from one row of A to the next; likewise ldb, ldc
   */
  void multiply(
      Transposed transposed,
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
