package io.taskweave.pipeline.importing;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A table whose columns are joined to the log, such as features of users.
 *
 * @param path file or folder
 * @param key the column that both tables share; unique in the side table
 * @param columns the columns to join; all but the key if empty
 * @param asOf the moment whose knowledge the table holds, see {@link AsOf}; it must lie before
 *     every label. A table without it may hold what happened after the labels, and is refused.
 */
public record SideTable(
    String path, TableFormat format, String key, List<String> columns, Optional<String> asOf)
    implements Serializable {
  public SideTable {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(key, "key");
    columns = List.copyOf(columns);
    Objects.requireNonNull(asOf, "asOf");
  }
}
