package io.taskweave.engine.training;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.SparkEnv;
import scala.collection.Iterator;

/** The files of samples in the folders of Spark. */
public final class ChunkFiles {
  private ChunkFiles() {}

  public static Set<File> present() {
    Set<File> present = new TreeSet<>();
    Iterator<File> files =
        SparkEnv.get().blockManager().diskBlockManager().getAllFiles().iterator();
    while (files.hasNext()) {
      File file = files.next();
      if (file.getName().startsWith("temp_local")) {
        present.add(file);
      }
    }
    return present;
  }

  /** Cuts the last byte off each. */
  public static void truncate() {
    for (File file : present()) {
      try (FileChannel channel = FileChannel.open(file.toPath(), StandardOpenOption.WRITE)) {
        channel.truncate(channel.size() - 1);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
