import eu.europa.esig.dss.diagnostic.PDFRevisionWrapper;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/**
 * Judges files offline. The first argument is the trusted root (DER), the second a list with a file in each line, or
 * "signature=file" for a detached one. What it says of changes after a signature stands behind each: "changed:…".
 */
public class Judge {
    public static void main(String[] arguments) throws Exception {
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        trusted.addCertificate(DSSUtils.loadCertificate(new File(arguments[0])));
        for (String each : Files.readAllLines(Path.of(arguments[1]))) {
            String[] parts = each.split("=", 2);
            System.out.println(new File(parts[0]).getName() + "\t" + said(trusted, parts));
        }
    }

    private static String said(CommonTrustedCertificateSource trusted, String[] parts) {
        try {
            CommonCertificateVerifier verifier = new CommonCertificateVerifier();
            verifier.setTrustedCertSources(trusted);
            SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(parts[0]));
            validator.setCertificateVerifier(verifier);
            if (parts.length > 1) {
                DSSDocument beside = new FileDocument(parts[1]);
                validator.setDetachedContents(Collections.singletonList(beside));
            }
            Reports reports = validator.validateDocument();
            SimpleReport report = reports.getSimpleReport();
            StringBuilder all = new StringBuilder();
            for (String id : report.getSignatureIdList()) {
                all.append(report.getIndication(id)).append(' ').append(report.getSubIndication(id)).append(' ')
                   .append(report.getSignatureFormat(id));
                SignatureWrapper signature = reports.getDiagnosticData().getSignatureById(id);
                String changes = signature == null ? "" : changes(signature.getPDFRevision());
                all.append(changes.isEmpty() ? "" : " changed:" + changes).append(';');
            }
            return all.length() == 0 ? "NONE" : all.toString();
        } catch (Exception | StackOverflowError error) {
            return "ERROR " + error.getClass().getSimpleName();
        }
    }

    /** What it finds in later revisions beyond signatures, time stamps and their data. */
    private static String changes(PDFRevisionWrapper revision) {
        if (revision == null) {
            return "";
        }
        StringBuilder found = new StringBuilder();
        found.append(some("annotations", revision.getPdfAnnotationChanges()));
        found.append(some("undefined", revision.getPdfUndefinedChanges()));
        found.append(some("overlap", revision.getPdfAnnotationsOverlapConcernedPages()));
        found.append(some("visual", revision.getPdfVisualDifferenceConcernedPages()));
        found.append(some("pages", revision.getPdfPageDifferenceConcernedPages()));
        return found.toString();
    }

    private static String some(String name, List<?> found) {
        return found == null || found.isEmpty() ? "" : name + ",";
    }
}
