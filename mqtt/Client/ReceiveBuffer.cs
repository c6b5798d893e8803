namespace StepCloud.Mqtt.Client;

/// <summary>
/// What has been received and not yet decoded, in one piece. It grows only to the length of a packet that the decoder
/// has already found to be within the limit, and shrinks when a very large one is gone.
/// </summary>
internal sealed class ReceiveBuffer
{
    private const int UsualBytes = 16 * 1024;

    /// <summary>A buffer that one large packet has made larger than this is not kept.</summary>
    private const int KeptBytesMax = 1024 * 1024;

    private byte[] _memory = new byte[UsualBytes];
    private int _start;
    private int _end;

    public ReadOnlyMemory<byte> Filled => _memory.AsMemory(_start, _end - _start);

    /// <summary>Where to receive into; never empty.</summary>
    /// <param name="packetBytes">The length of the packet that is being received; 0: not known.</param>
    public Memory<byte> Free(int packetBytes)
    {
        var filled = _end - _start;
        var needed = Math.Max(packetBytes, UsualBytes);
        if (_memory.Length < needed || (filled == 0 && _memory.Length > Math.Max(needed, KeptBytesMax)))
        {
            var memory = new byte[needed];
            Filled.CopyTo(memory);
            (_memory, _start, _end) = (memory, 0, filled);
        }
        else if (_start > 0)
        {
            Filled.CopyTo(_memory);
            (_start, _end) = (0, filled);
        }
        return _memory.AsMemory(_end);
    }

    public void Received(int bytes) => _end += bytes;

    public void Consumed(int bytes)
    {
        _start += bytes;
        if (_start == _end) (_start, _end) = (0, 0);
    }
}
