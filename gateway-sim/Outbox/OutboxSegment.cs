using System.Globalization;
using Microsoft.Win32.SafeHandles;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Files;

namespace StepCloud.GatewaySim.Outbox;

/// <summary>One append-only file of records, and beside it the ids of those that are delivered.</summary>
/// <remarks>
/// The delivered ids are not flushed to the disk: one that is lost costs a resend, which is harmless. They are whole ids and
/// not positions because what a power cut leaves behind, zeros or a part of an id, then matches no record.
/// </remarks>
internal sealed class OutboxSegment : IDisposable
{
    private const string RecordsExtension = ".seg";
    private const string DeliveredExtension = ".ack";
    private const int IdBytes = 16;

    private readonly string _path;
    private readonly SafeFileHandle _records;
    private FileStream? _delivered;

    private OutboxSegment(string path, long number, SafeFileHandle records, long bytes)
    {
        _path = path;
        Number = number;
        _records = records;
        Bytes = bytes;
    }

    public long Number { get; }

    /// <summary>Of the records, those that are delivered included.</summary>
    public long Bytes { get; private set; }

    /// <summary>Records that are not delivered yet.</summary>
    public int Pending { get; set; }

    public static IEnumerable<long> NumbersIn(string folder) =>
        Directory.EnumerateFiles(folder, "*" + RecordsExtension)
            .Select(path => long.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture))
            .Order();

    /// <summary>Deletes lists of delivered ids whose records are gone: a later segment may get the same number.</summary>
    public static void DeleteOrphansIn(string folder)
    {
        foreach (string delivered in Directory.EnumerateFiles(folder, "*" + RecordsExtension + DeliveredExtension))
        {
            if (!File.Exists(Path.ChangeExtension(delivered, null)))
                File.Delete(delivered);
        }
    }

    public static OutboxSegment Create(string folder, long number)
    {
        string path = PathOf(folder, number);
        SafeFileHandle records = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
        DirectorySync.Flush(folder);
        return new OutboxSegment(path, number, records, bytes: 0);
    }

    /// <summary>Opens a segment that an earlier process wrote, and cuts off what it had not finished.</summary>
    /// <param name="pending">The records that were not delivered, in their order.</param>
    /// <param name="tornBytes">What was cut off: it had never been flushed, so it had never been sent.</param>
    public static OutboxSegment Open(string folder, long number, out List<OutboxEntry> pending, out long tornBytes)
    {
        string path = PathOf(folder, number);
        SafeFileHandle records = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        HashSet<StepId> delivered = ReadDelivered(path + DeliveredExtension);
        OutboxSegment segment = new(path, number, records, bytes: 0);
        pending = [];
        long length = RandomAccess.GetLength(records);
        while (segment.TryReadAt(segment.Bytes, length, out OutboxStep step, out int recordBytes))
        {
            if (!delivered.Contains(step.Id))
                pending.Add(new OutboxEntry(step.Id, segment, segment.Bytes, recordBytes));
            segment.Bytes += recordBytes;
        }
        segment.Pending = pending.Count;
        tornBytes = length - segment.Bytes;
        if (tornBytes > 0)
            RandomAccess.SetLength(records, segment.Bytes);
        return segment;
    }

    /// <summary>Appends whole records; they are on the disk when it returns.</summary>
    public void AppendDurable(ReadOnlySpan<byte> records)
    {
        RandomAccess.Write(_records, records, Bytes);
        RandomAccess.FlushToDisk(_records);
        Bytes += records.Length;
    }

    /// <exception cref="InvalidDataException">The disk gives back other bytes than it took.</exception>
    public OutboxStep Read(OutboxEntry entry) =>
        TryReadAt(entry.Offset, Bytes, out OutboxStep step, out _) && step.Id == entry.Id
            ? step
            : throw new InvalidDataException($"{_path} has changed at byte {entry.Offset} since it was written.");

    public void MarkDelivered(ReadOnlySpan<StepId> ids)
    {
        _delivered ??= new FileStream(_path + DeliveredExtension, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        byte[] bytes = new byte[ids.Length * IdBytes];
        for (int i = 0; i < ids.Length; i++)
            ids[i].Value.TryWriteBytes(bytes.AsSpan(i * IdBytes), bigEndian: true, out _);
        _delivered.Write(bytes);
    }

    public void Delete()
    {
        Dispose();
        // The records go first: ids of records that are not there do no harm, records without their ids are all sent again.
        File.Delete(_path);
        File.Delete(_path + DeliveredExtension);
    }

    public void Dispose()
    {
        _records.Dispose();
        _delivered?.Dispose();
    }

    private static string PathOf(string folder, long number) =>
        Path.Combine(folder, number.ToString("D12", CultureInfo.InvariantCulture) + RecordsExtension);

    private bool TryReadAt(long offset, long end, out OutboxStep step, out int recordBytes)
    {
        step = default;
        recordBytes = 0;
        if (end - offset < OutboxRecord.HeaderBytes)
            return false;
        Span<byte> length = stackalloc byte[4];
        ReadExactly(length, offset);
        if (!OutboxRecord.TryReadLength(length, out recordBytes) || recordBytes > end - offset)
            return false;
        byte[] record = new byte[recordBytes];
        ReadExactly(record, offset);
        return OutboxRecord.TryRead(record, out step);
    }

    private void ReadExactly(Span<byte> destination, long offset)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(_records, destination, offset);
            if (read == 0)
                throw new EndOfStreamException($"{_path} ends before byte {offset + destination.Length}.");
            destination = destination[read..];
            offset += read;
        }
    }

    private static HashSet<StepId> ReadDelivered(string path)
    {
        if (!File.Exists(path))
            return [];
        byte[] bytes = File.ReadAllBytes(path);
        HashSet<StepId> ids = new(bytes.Length / IdBytes);
        for (int offset = 0; offset + IdBytes <= bytes.Length; offset += IdBytes)
            ids.Add(new StepId(new Guid(bytes.AsSpan(offset, IdBytes), bigEndian: true)));
        return ids;
    }
}
