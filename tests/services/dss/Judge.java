import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.File;
import java.util.Arrays;
import java.util.Collections;

/** Judges files offline: the first argument is the trusted root (DER), each other a file, or "signature=file" for a detached one. */
public class Judge {
    public static void main(String[] arguments) {
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        trusted.addCertificate(DSSUtils.loadCertificate(new File(arguments[0])));
        for (String each : Arrays.copyOfRange(arguments, 1, arguments.length)) {
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
            SimpleReport report = validator.validateDocument().getSimpleReport();
            StringBuilder all = new StringBuilder();
            for (String id : report.getSignatureIdList()) {
                all.append(report.getIndication(id)).append(' ').append(report.getSubIndication(id)).append(' ')
                   .append(report.getSignatureFormat(id)).append(';');
            }
            return all.length() == 0 ? "NONE" : all.toString();
        } catch (Exception | StackOverflowError error) {
            return "ERROR " + error.getClass().getSimpleName();
        }
    }
}
