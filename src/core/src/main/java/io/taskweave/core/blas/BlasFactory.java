package io.taskweave.core.blas;

import com.intel.analytics.bigdl.mkl.MKL;
import io.taskweave.core.error.ConfigurationException;

/** The one place that decides which library computes matrix products. */
public final class BlasFactory {
  private BlasFactory() {}

  /**
   * The library of this process, safe for use by many threads; each call runs on its own thread.
   *
   * @throws ConfigurationException if the native library cannot be loaded
   */
  public static Blas instance() {
    try {
      return Loaded.BLAS;
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof ConfigurationException known) {
        throw known;
      }
      throw e;
    }
  }

  private static final class Loaded {
    static final Blas BLAS = load();

    private static Blas load() {
      boolean loaded;
      try {
        loaded = MKL.isMKLLoaded();
      } catch (LinkageError e) {
        // MKL's own initializer fails with more than one kind of it.
        throw unavailable(e);
      }
      if (!loaded) {
        throw unavailable(null);
      }
      MKL.setNumThreads(1);
      return new MklBlas();
    }

    private static ConfigurationException unavailable(Throwable cause) {
      return new ConfigurationException(
          "Cannot multiply matrices: MKL does not load on this system ("
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + "), run on Linux x86-64 with 40 MiB free and executable in java.io.tmpdir ("
              + System.getProperty("java.io.tmpdir")
              + ")",
          cause);
    }
  }
}
