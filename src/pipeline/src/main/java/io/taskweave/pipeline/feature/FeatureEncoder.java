package io.taskweave.pipeline.feature;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.error.OutputConflictException;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.PartitionContent;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Encodes logs as the training samples were: with their vocabularies, edges and means. */
public final class FeatureEncoder {
  static final String FOLDER = "encoder";

  /** Tokens that may each fill a large part of the rows, at most; ids are by frequency. */
  private static final int HOT_TOKENS = 1000;

  private final EncoderDescription description;
  private final Path folder;

  FeatureEncoder(EncoderDescription description, Path folder) {
    this.description = description;
    this.folder = folder;
  }

  /**
   * Opens the encoder of a published samples data set, or of a folder that {@link #copyTo} has
   * filled.
   *
   * @throws InputRejectedException if the folder holds no encoder
   */
  public static FeatureEncoder open(Path folder) {
    SparkSession spark = SparkSession.active();
    Configuration configuration = spark.sessionState().newHadoopConf();
    try {
      FileSystem files = folder.getFileSystem(configuration);
      Path copied = new Path(folder, FOLDER);
      Path encoder =
          files.exists(new Path(copied, EncoderDescription.FILE_NAME))
              ? copied
              : DataSet.open(folder, configuration)
                  .file(FOLDER + "/" + EncoderDescription.FILE_NAME)
                  .getParent();
      return ofFolder(encoder, configuration);
    } catch (IOException failure) {
      throw new InputRejectedException(
          "Cannot open the encoder of " + folder + ": " + failure.getMessage(), failure);
    }
  }

  static FeatureEncoder ofFolder(Path encoder, Configuration configuration) {
    return new FeatureEncoder(EncoderDescription.read(encoder, configuration), encoder);
  }

  /** Fields and tasks in the order of the plan that made the samples. */
  public SampleLayout layout() {
    return description.layout();
  }

  /** Number of user-hashed streams of the samples. */
  public int streams() {
    return description.streams();
  }

  /**
   * Sample columns of the rows of a log. Labels that the log does not have are null; without a
   * column {@code sample_id} the id is a hash of the row. {@code dt} stays if there is one.
   *
   * @throws InputRejectedException if a column that a field needs is missing, or a number without
   *     default is null or not finite
   */
  public Dataset<Row> encode(Dataset<Row> log) {
    InputChecks.verifyFeatures(log, description);
    return encoding(log.sparkSession()).encode(log, Optional.empty());
  }

  RowEncoding encoding(SparkSession spark) {
    Map<String, Integer> sentEndIds = new HashMap<>();
    Set<String> large = new HashSet<>();
    for (FittedField field : description.fields()) {
      if (field.plan().hasVocabulary()) {
        boolean whole = field.tableRows() - FieldValues.FIRST_ID <= description.broadcastLimit();
        String table = field.plan().table();
        sentEndIds.put(table, whole ? field.tableRows() : FieldValues.FIRST_ID + HOT_TOKENS);
        if (!whole) {
          large.add(table);
        }
      }
    }
    if (sentEndIds.isEmpty()) {
      return new RowEncoding(description, Map.of(), Map.of());
    }
    Dataset<Row> all = Vocabulary.read(spark, folder);
    Map<String, Dataset<Row>> joined = new HashMap<>();
    large.forEach(table -> joined.put(table, Vocabulary.ofTable(all, table)));
    return new RowEncoding(description, TokenLookup.send(all, sentEndIds), joined);
  }

  EncoderDescription description() {
    return description;
  }

  /** What tells this encoder from others that give the same ids to other values. */
  PartitionContent content(SparkSession spark) {
    String values = description.fields().toString();
    if (description.fields().stream().anyMatch(field -> field.plan().hasVocabulary())) {
      values += PartitionContent.byPartition(Vocabulary.read(spark, folder));
    }
    return PartitionContent.besideRows(values);
  }

  Path folder() {
    return folder;
  }

  /** Copies everything that {@link #open} needs below a folder, such as a run's {@code best}. */
  public void copyTo(Path target) {
    Configuration configuration = SparkSession.active().sessionState().newHadoopConf();
    Path copy = new Path(target, FOLDER);
    try {
      FileSystem files = target.getFileSystem(configuration);
      files.mkdirs(target);
      files.delete(copy, true);
      FileUtil.copy(folder.getFileSystem(configuration), folder, files, copy, false, configuration);
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot copy the encoder to " + target + ": " + failure.getMessage(), failure);
    }
  }
}
