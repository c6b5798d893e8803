using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;

namespace StepCloud.Storage.Cases;

/// <summary>What is known of the person or the order that a job is for.</summary>
/// <param name="Reference">A national health number, or the number of the order: one case's.</param>
public sealed record CaseFields(string Reference, string? Name, DateOnly? BirthDate);

/// <summary>A case.</summary>
/// <param name="Reference">Null when it is erased.</param>
/// <param name="CreatedBy">Such as `user:ID`.</param>
/// <param name="Version">In quotes it is the ETag.</param>
/// <param name="ErasedAt">Since when nothing is known of it any more; null while it is.</param>
/// <param name="EraseReason">`requested`, `no_longer_needed` or `mistake`.</param>
public sealed record CaseView(
    CaseId Id, string? Reference, string? Name, DateOnly? BirthDate, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset UpdatedAt, string UpdatedBy, long Version,
    DateTimeOffset? ErasedAt, string? ErasedBy, string? EraseReason);

/// <summary>A case's fields as they lie in the database.</summary>
internal sealed record SealedCase(byte[]? Reference, byte[]? Name, byte[]? BirthDate)
{
    public static SealedCase Of(CaseId id, CaseFields fields, SecretKey key) => new(
        key.Seal(Purpose("reference", id), Encoding.UTF8.GetBytes(fields.Reference)),
        fields.Name is { } name ? key.Seal(Purpose("name", id), Encoding.UTF8.GetBytes(name)) : null,
        fields.BirthDate is { } date ? key.Seal(Purpose("birth-date", id), Encoding.UTF8.GetBytes(date.ToString("O", CultureInfo.InvariantCulture))) : null);

    /// <exception cref="Actors.Ports.SealBrokenException">A field was altered, or is another case's.</exception>
    public CaseFields Open(CaseId id, SecretKey key) => new(
        Open("reference", id, Reference, key)!, Open("name", id, Name, key),
        Open("birth-date", id, BirthDate, key) is { } date ? DateOnly.ParseExact(date, "O", CultureInfo.InvariantCulture) : null);

    /// <summary>What a case is found by.</summary>
    public static byte[] ReferenceHash(SecretKey lookUps, string reference) =>
        lookUps.Hash("look-up:reference", Encoding.UTF8.GetBytes(LookUpText.OfReference(reference)));

    public static byte[]? PersonHash(SecretKey lookUps, string? name, DateOnly? birthDate) => name is null || birthDate is not { } date
        ? null
        : lookUps.Hash("look-up:person", Encoding.UTF8.GetBytes(LookUpText.OfPerson(name, date)));

    private static string Purpose(string field, CaseId id) => $"case-{field}:{id}";

    private static string? Open(string field, CaseId id, byte[]? sealedBytes, SecretKey key)
    {
        if (sealedBytes is null) return null;
        byte[] opened = key.Open(Purpose(field, id), sealedBytes);
        string text = Encoding.UTF8.GetString(opened);
        CryptographicOperations.ZeroMemory(opened);
        return text;
    }
}
