package io.taskweave.pipeline.importing;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A table whose columns are joined to the log, such as features of users.
 *
 * @param path file or folder
 * @param key the column of the table that joins it; unique in the side table
 * @param logKey the column of the log that holds the same key; often of the same name
 * @param columns the columns to join; all but the key if empty
 * @param asOf the moment whose knowledge the table holds, see {@link AsOf}; it must lie before
 *     every label. A table without it may hold what happened after the labels, and is refused.
 */
public record SideTable(
    String path,
    TableFormat format,
    String key,
    String logKey,
    List<String> columns,
    Optional<String> asOf)
    implements Serializable {
  public SideTable {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(logKey, "logKey");
    columns = List.copyOf(columns);
    Objects.requireNonNull(asOf, "asOf");
  }

  /** A table whose key has the same name in the log. */
  public SideTable(
      String path, TableFormat format, String key, List<String> columns, Optional<String> asOf) {
    this(path, format, key, key, columns, asOf);
  }
}
