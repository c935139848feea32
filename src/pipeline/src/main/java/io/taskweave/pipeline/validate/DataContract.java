package io.taskweave.pipeline.validate;

import io.taskweave.core.error.ConfigurationException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * What a data set promises: the first schema object of an Open Data Contract Standard v3 document.
 *
 * @param id of the contract
 * @param version of the contract
 * @param columns in the order of the document
 * @param keys columns whose values together are unique, one list a key
 * @param unchecked promises of the document that nothing here checks, in words
 */
record DataContract(
    String id,
    String version,
    List<PromisedColumn> columns,
    List<List<String>> keys,
    List<String> unchecked) {
  DataContract {
    columns = List.copyOf(columns);
    keys = List.copyOf(keys);
    unchecked = List.copyOf(unchecked);
  }

  /**
   * @throws ConfigurationException if the file is no contract of the standard
   */
  static DataContract read(Path path, Configuration configuration) {
    return new ContractFile(path, configuration).read();
  }

  Optional<PromisedColumn> column(String name) {
    return columns.stream().filter(column -> column.name().equals(name)).findFirst();
  }

  List<PromisedColumn> withRole(ColumnRole role) {
    return columns.stream().filter(column -> column.role().equals(Optional.of(role))).toList();
  }
}
