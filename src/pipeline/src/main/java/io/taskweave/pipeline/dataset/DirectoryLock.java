package io.taskweave.pipeline.dataset;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.OutputConflictException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * One writer a folder: a file {@code _lock} that names its owner. What a dead process of this host
 * left behind is taken over; anything else is for a person to judge, unless whoever holds the lock
 * asks before each write whether it still does.
 */
public final class DirectoryLock implements AutoCloseable {
  static final String FILE_NAME = "_lock";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path path;
  private final Configuration configuration;
  private final byte[] owner;

  private DirectoryLock(Path path, Configuration configuration, byte[] owner) {
    this.path = path;
    this.configuration = configuration;
    this.owner = owner;
  }

  /** Process that holds a lock; its start tells it from a later process of the same number. */
  record Owner(String host, long pid, String started, String attempt) {
    static Owner here(String attempt) {
      ProcessHandle process = ProcessHandle.current();
      return new Owner(hostName(), process.pid(), start(process), attempt);
    }

    boolean isElsewhere() {
      return !hostName().equals(host);
    }

    boolean isDead() {
      if (isElsewhere()) {
        return false;
      }
      Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
      return process.isEmpty() || !start(process.get()).equals(started);
    }

    private static String start(ProcessHandle process) {
      return process.info().startInstant().map(Instant::toString).orElse("");
    }

    private static String hostName() {
      try {
        return InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException noName) {
        return "localhost";
      }
    }
  }

  /**
   * Takes the lock of a folder, which is created if need be.
   *
   * @throws OutputConflictException if another process holds it or the folder is not writable
   */
  public static DirectoryLock acquire(Path folder, Configuration configuration, String attempt) {
    return acquire(folder, configuration, attempt, Owner::isDead);
  }

  /**
   * Takes the lock of a folder, also from a process of another host, of which nobody here can say
   * whether it lives. Whoever holds the lock so must ask {@link #verifyHeld} before it writes.
   *
   * @throws OutputConflictException if another process of this host holds it or the folder is not
   *     writable
   */
  public static DirectoryLock takeOver(Path folder, Configuration configuration, String attempt) {
    return acquire(folder, configuration, attempt, owner -> owner.isElsewhere() || owner.isDead());
  }

  private static DirectoryLock acquire(
      Path folder, Configuration configuration, String attempt, Predicate<Owner> stale) {
    Path path = new Path(folder, FILE_NAME);
    try {
      AtomicFile file = AtomicFile.at(path, configuration);
      byte[] mine = JSON.writeValueAsBytes(Owner.here(attempt));
      if (!file.create(mine)) {
        removeIfStale(file, path, configuration, attempt, stale);
        if (!file.create(mine)) {
          throw held(path, new String(file.read(), java.nio.charset.StandardCharsets.UTF_8));
        }
      }
      return new DirectoryLock(path, configuration, mine);
    } catch (IOException failure) {
      throw new OutputConflictException(
          String.format(
              "Cannot write to %s: %s (%s), choose a writable folder",
              folder, failure.getMessage(), failure.getClass().getSimpleName()),
          failure);
    }
  }

  private static void removeIfStale(
      AtomicFile file,
      Path path,
      Configuration configuration,
      String attempt,
      Predicate<Owner> stale)
      throws IOException {
    byte[] found;
    try {
      found = file.read();
    } catch (FileNotFoundException released) {
      return;
    }
    String text = new String(found, java.nio.charset.StandardCharsets.UTF_8);
    Owner owner;
    try {
      owner = JSON.readValue(text, Owner.class);
    } catch (JsonProcessingException unreadable) {
      throw held(path, text);
    }
    if (owner == null || !stale.test(owner)) {
      throw held(path, text);
    }
    Path aside = new Path(path.getParent(), "." + FILE_NAME + "." + attempt);
    if (file.moveTo(aside)) {
      AtomicFile moved = AtomicFile.at(aside, configuration);
      if (!Arrays.equals(moved.read(), found)) {
        // Another process took over in between, and its lock was moved: give it back.
        moved.moveTo(path);
        throw held(path, "taken over by another process");
      }
      path.getFileSystem(configuration).delete(aside, false);
    }
  }

  private static OutputConflictException held(Path path, String owner) {
    return new OutputConflictException(
        String.format(
            "Cannot lock %s: another process holds it (%s), wait for it to end, or remove the lock"
                + " if that process is gone",
            path, owner.strip()));
  }

  /**
   * Fails unless this process still owns the lock; the last step before a commit.
   *
   * @throws OutputConflictException if it does not
   */
  public void verifyHeld() throws IOException {
    byte[] found;
    try {
      found = AtomicFile.at(path, configuration).read();
    } catch (FileNotFoundException gone) {
      throw held(path, "removed by another process");
    }
    if (!Arrays.equals(found, owner)) {
      throw held(path, new String(found, java.nio.charset.StandardCharsets.UTF_8));
    }
  }

  @Override
  public void close() {
    try {
      if (Arrays.equals(AtomicFile.at(path, configuration).read(), owner)) {
        path.getFileSystem(configuration).delete(path, false);
      }
    } catch (IOException failure) {
      // The next writer on this host takes over what a dead process left.
      org.slf4j.LoggerFactory.getLogger(DirectoryLock.class)
          .warn("Cannot remove the lock {}: {}", path, failure.getMessage());
    }
  }
}
